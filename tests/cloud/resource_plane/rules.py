"""Every rule, by being imported: one package for each service."""

import importlib
import pkgutil

import resource_plane

for _module in pkgutil.iter_modules(resource_plane.__path__, "resource_plane."):
    if _module.ispkg:
        importlib.import_module(_module.name)
