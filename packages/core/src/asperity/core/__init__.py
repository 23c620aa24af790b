"""The shared layer of Asperity: catalog, geometry, statistics, report and command line."""
