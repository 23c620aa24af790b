"""The triaxial test of a specimen with a fault: stages, records, folders, ensembles."""
