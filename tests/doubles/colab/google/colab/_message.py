"""Requests to the page: out as `colab_request` on iopub, the answer in on the stdin channel."""

import time
import uuid

from google.colab import errors

# A test without a kernel puts the page's answers here: (type, request) -> what it says.
answer = None


class MessageError(errors.Error):
    """The page answered with an error."""


def blocking_request(request_type, request="", timeout_sec=5, parent=None):
    """Ask the page and wait for what it says; None where it says nothing in time."""
    if answer:
        return _checked(answer(request_type, request))
    from ipykernel.kernelapp import IPKernelApp

    kernel = IPKernelApp.instance().kernel
    number = str(uuid.uuid4())
    asked = kernel.session.msg(
        "colab_request",
        content={"request": request},
        metadata={"colab_msg_id": number, "colab_request_type": request_type},
        parent={"header": {"session": kernel.shell.parent_header["header"]["session"]}},
    )
    kernel.session.send(kernel.iopub_socket, asked)
    end = time.monotonic() + timeout_sec
    while time.monotonic() < end:
        _, said = kernel.session.recv(kernel.stdin_socket)  # not blocking
        value = said["content"].get("value") if said else None
        if isinstance(value, dict) and value.get("colab_msg_id") == number:
            return _checked(value)
        time.sleep(0.02)
    return None


def _checked(said):
    if said and "error" in said:
        raise MessageError(said["error"])
    return said.get("data") if said else None
