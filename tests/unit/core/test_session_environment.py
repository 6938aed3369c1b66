"""What of a notebook's environment, and which folder, an SSH session is told."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from colabwidget.core.session_environment import FOLDER, PLACES
from colabwidget.hosts.environment import SESSION_VARIABLES, session_environment

# As a runtime of Colab prints them, and Kaggle's image sets them; tokens and addresses made up.
COLAB = """
SHELL=/bin/bash COLAB_JUPYTER_TRANSPORT=ipc VM_GCE_METADATA_HOST=169.254.169.253 LANGUAGE=en_US
MODEL_PROXY_HOST=https://mp.kaggle.net TBE_RUNTIME_ADDR=172.28.0.1:8011 COLAB_TPU_1VM=
TBE_EPHEM_CREDS_ADDR=172.28.0.1:8009 TBE_CREDS_ADDR=172.28.0.1:8008 COLAB_JUPYTER_TOKEN=s3cret
JPY_SESSION_NAME=/v2/external/notebooks/private.ipynb COLAB_NOTEBOOK_ID=/v2/private.ipynb
KMP_EXTRA_ARGS=--tunnel_background_save_url=https://colab.research.google.com/tun/m/s3cret
HOME=/root ENV=/root/.bashrc TERM=xterm-color PAGER=cat GIT_PAGER=cat CLICOLOR=1
MPLBACKEND=module://matplotlib_inline.backend_inline DEBIAN_FRONTEND=noninteractive
LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4
"""
WANTED = """
CUDA_VERSION=12.5.1 NVIDIA_VISIBLE_DEVICES=all LD_LIBRARY_PATH=/usr/lib64-nvidia COLAB_GPU=
PYTHONPATH=/env/python PYTHONUTF8=1 CLOUDSDK_PYTHON=python3 CLOUDSDK_CONFIG=/content/.config
GCS_READ_CACHE_BLOCK_SIZE_MB=16 TF2_BEHAVIOR=1 TF_FORCE_GPU_ALLOW_GROWTH=true CUDA_HOME=/usr/c
LIBRARY_PATH=/usr/local/cuda/lib64/stubs TCLLIBPATH=/usr/share/tcltk/tcllib1.20 LC_ALL=C.UTF-8
KAGGLE_WORKING_DIR=/kaggle/working MKL_THREADING_LAYER=GNU TESSERACT_PATH=/usr/bin/tesseract
TPU_SKIP_MDS_QUERY=1 TPU_CHIPS_PER_HOST_BOUNDS=2,4,1 TPU_ACCELERATOR_TYPE=v5litepod-8
PJRT_DEVICE=TPU JAX_PLATFORMS=tpu HF_HOME=/content/hf PYTHONUSERBASE=/root/.local
"""


def read(text: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(text))


def test_a_session_has_what_works_on_the_machine_and_nothing_else_of_a_kernel() -> None:
    taken = session_environment({**read(COLAB), **read(WANTED), "PATH": "/opt/bin:/bin"})

    assert {name: taken.get(name) for name in read(WANTED)} == read(WANTED)
    assert taken["PATH"].endswith("/opt/bin:/bin")
    left_out = set(read(COLAB)) - {"COLAB_TPU_1VM", "LANGUAGE"}
    assert not left_out & set(taken)
    assert "s3cret" not in str(taken)


def test_an_empty_value_is_one() -> None:
    taken = session_environment({"CUDA_VISIBLE_DEVICES": "", "PATH": ""})
    assert taken["CUDA_VISIBLE_DEVICES"] == ""
    assert taken["PATH"]


@pytest.mark.parametrize("name", SESSION_VARIABLES)
def test_a_password_in_a_url_never_passes(name: str) -> None:
    value = "https://somebody:s3cret@index.example/simple"
    assert "s3cret" not in str(session_environment({name: value}))


def test_every_name_stands_once_and_places_are_among_them() -> None:
    assert len(set(SESSION_VARIABLES)) == len(SESSION_VARIABLES)
    assert set(PLACES) < set(SESSION_VARIABLES)


def test_the_folder_is_where_the_notebook_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert session_environment({FOLDER: "/somewhere/else"})[FOLDER] == str(tmp_path)
