"""The smallest laboratory earthquake, as tests change it."""

from asperity.core.config import resolve
from asperity.dem.config import CASES, LaboratoryConfiguration


def laboratory(*changes):
    """Return the configuration of the case smoke with changes such as ``loading.strain=0.01``."""
    return resolve(LaboratoryConfiguration, CASES["smoke"], changes, "test")
