"""Whether there is a PyTorch here, and the device asked for. Needs neither."""


def missing(device):
    """Why there is nothing to compare with; None where there is. PyTorch is loaded then, and the device is the one that counts."""
    try:
        import blas_core  # noqa: F401 - before torch loads OpenBLAS
        import torch  # noqa: F401 - is it there?
    except ImportError:
        return "PyTorch is not installed here: nothing to compare with."
    from device_timing import choose

    return choose(device)
