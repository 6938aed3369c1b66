"""Which variables of the notebook's environment an SSH session has as well.

A name is listed only if its value can never be a secret, on any machine: numbers, switches,
versions, lists of devices, and paths. No prefix matches, since ``COLAB_*``, ``KAGGLE_*``, ``HF_*``
and ``CLOUDSDK_*`` hold tokens as well. Left out on purpose are addresses of services that hand out
credentials (``TBE_CREDS_ADDR``), URLs in which people write passwords (package indexes,
``HF_ENDPOINT``), what is loaded into every program (``LD_PRELOAD``, ``BASH_ENV``), and what suits
only a notebook (``MPLBACKEND``, ``PAGER=cat``, ``TERM``, ``DEBIAN_FRONTEND``). Proxies pass where
their address is a host and a port, and nothing else could be in it.

What kernels really have: printed environments of Colab's runtimes from 2023 and 2025, and
https://github.com/Kaggle/docker-python (``Dockerfile.tmpl``) for Kaggle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_VALUE_MAX = 8192
# A name and a password before a host. No listed variable should have any; none may pass.
_CREDENTIALS = re.compile("://[^/ ]*@")

_PROXY = re.compile(
    r"(?:(?:https?|socks[45]?[ah]?)://)?(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?/?", re.I
)

# The notebook's working folder, as the kernel's side tells it.
FOLDER = "COLABWIDGET_FOLDER"

_PROGRAMS = (
    "PATH",
    "MANPATH",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "PKG_CONFIG_PATH",
    "CMAKE_PREFIX_PATH",
    "TCLLIBPATH",
    "JAVA_HOME",
    "GDAL_DATA",
    "PROJ_DATA",
    "PROJ_LIB",
    "TESSERACT_PATH",
    "NLTK_DATA",
    # A machine behind a proxy of its own reaches nothing without these. Files of public keys.
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
)
#: How the network is reached. Programs differ in which case they read.
PROXIES = tuple(
    name
    for lower in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    for name in (lower, lower.upper())
)
_PYTHON = (
    "PYTHONPATH",
    "PYTHONNOUSERSITE",
    "PYTHONUTF8",
    "PYTHONIOENCODING",
    "PYTHONWARNINGS",
    "VIRTUAL_ENV",
    "CONDA_DEFAULT_ENV",
    "CONDA_DIR",
    "CONDA_PREFIX",
    "UV_SYSTEM_PYTHON",
    "UV_CONSTRAINT",
    "UV_BUILD_CONSTRAINT",
    "PIP_CONSTRAINT",
)
LOCALE_VARIABLES = ("LANG", "LC_ALL", "LC_CTYPE")
_LANGUAGE = ("LANGUAGE", *LOCALE_VARIABLES, "TZ")
_NVIDIA = (
    "CUDA_CACHE_DISABLE",
    "CUDA_DEVICE_MAX_CONNECTIONS",
    "CUDA_DEVICE_ORDER",
    "CUDA_HOME",
    "CUDA_LAUNCH_BLOCKING",
    "CUDA_MAJOR_VERSION",
    "CUDA_MINOR_VERSION",
    "CUDA_MODULE_LOADING",
    "CUDA_PATH",
    "CUDA_VERSION",
    "CUDA_VISIBLE_DEVICES",
    "CUDNN_VERSION",
    "CUBLAS_WORKSPACE_CONFIG",
    "NCCL_DEBUG",
    "NCCL_IB_DISABLE",
    "NCCL_P2P_DISABLE",
    "NCCL_SHM_DISABLE",
    "NCCL_SOCKET_IFNAME",
    "NCCL_VERSION",
    "NVARCH",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NVIDIA_PRODUCT_NAME",
    "NVIDIA_REQUIRE_CUDA",
    "NVIDIA_TF32_OVERRIDE",
    "NVIDIA_VISIBLE_DEVICES",
    "NV_CUDA_CUDART_VERSION",
    "NV_CUDA_LIB_VERSION",
    "NV_CUDNN_VERSION",
    "NV_LIBCUBLAS_VERSION",
    "NV_LIBNCCL_PACKAGE_VERSION",
)
_TPU = (
    "ISTPUVM",
    "LIBTPU_INIT_ARGS",
    "PJRT_DEVICE",
    "TPU_ACCELERATOR_TYPE",
    "TPU_CHIPS_PER_HOST_BOUNDS",
    "TPU_CHIPS_PER_PROCESS_BOUNDS",
    "TPU_HOST_BOUNDS",
    "TPU_LIBRARY_PATH",
    "TPU_MIN_LOG_LEVEL",
    "TPU_NAME",
    "TPU_NUM_DEVICES",
    "TPU_PROCESS_ADDRESSES",
    "TPU_PROCESS_BOUNDS",
    "TPU_PROCESS_PORT",
    "TPU_SKIP_MDS_QUERY",
    "TPU_STDERR_LOG_LEVEL",
    "TPU_TOPOLOGY",
    "TPU_VISIBLE_CHIPS",
    "TPU_VISIBLE_DEVICES",
    "TPU_WORKER_HOSTNAMES",
    "TPU_WORKER_ID",
    "XRT_TPU_CONFIG",
)
_FRAMEWORKS = (
    "JAX_ENABLE_X64",
    "JAX_PLATFORMS",
    "JAX_PLATFORM_NAME",
    "JAX_TRACEBACK_FILTERING",
    "KERAS_BACKEND",
    "PYTORCH_ALLOC_CONF",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TF2_BEHAVIOR",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_GPU_ALLOCATOR",
    "TF_USE_LEGACY_KERAS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "XLA_PYTHON_CLIENT_ALLOCATOR",
    "XLA_PYTHON_CLIENT_MEM_FRACTION",
    "XLA_PYTHON_CLIENT_PREALLOCATE",
    "HF_DATASETS_OFFLINE",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "MKL_NUM_THREADS",
    "MKL_SERVICE_FORCE_INTEL",
    "MKL_THREADING_LAYER",
    "NUMEXPR_MAX_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
_GOOGLE = (
    "CLOUDSDK_PYTHON",
    "GCE_METADATA_TIMEOUT",
    "GCS_READ_CACHE_BLOCK_SIZE_MB",
    "NO_GCE_CHECK",
)
# Folders in which programs keep files of their own. A session of an account that may not write
# there is better off without them: the program then takes the account's own home.
PLACES = (
    "CLOUDSDK_CONFIG",
    "HF_DATASETS_CACHE",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "JAX_COMPILATION_CACHE_DIR",
    "KAGGLEHUB_CACHE",
    "KERAS_HOME",
    "MPLCONFIGDIR",
    "NUMBA_CACHE_DIR",
    "PIP_CACHE_DIR",
    "PYTHONUSERBASE",
    "TFDS_DATA_DIR",
    "TFHUB_CACHE_DIR",
    "TORCH_HOME",
    "TRANSFORMERS_CACHE",
    "TRITON_CACHE_DIR",
    "UV_CACHE_DIR",
    "XLA_CACHE_DIR",
)

#: Those of every machine; `colabwidget.hosts` has those of one kind.
GENERAL_VARIABLES = (
    *_PROGRAMS,
    *PROXIES,
    *_PYTHON,
    *_LANGUAGE,
    *_NVIDIA,
    *_TPU,
    *_FRAMEWORKS,
    *_GOOGLE,
    *PLACES,
    FOLDER,
)


def allowed_environment(
    variables: Mapping[str, object], names: Iterable[str] = GENERAL_VARIABLES
) -> dict[str, str]:
    """Return the variables that may reach an SSH session: listed, of sane length, plain text.

    An empty value is one: an empty ``CUDA_VISIBLE_DEVICES`` hides every GPU.
    """
    return {
        name: value
        for name in names
        if isinstance(value := variables.get(name), str)
        and len(value) <= _VALUE_MAX
        and value.isprintable()
        and not set(value) & {'"', "\\"}  # sudo's env_file has no sure way to write them
        and not _CREDENTIALS.search(value)
        and _may_be_shown(name, value)
    }


def _may_be_shown(name: str, value: str) -> bool:
    """Tell whether a proxy's address is no more than that; one may hold a name and a password."""
    if name not in PROXIES or name.lower() == "no_proxy":
        return True
    return not value or _PROXY.fullmatch(value) is not None
