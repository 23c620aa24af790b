"""The database of sequences: cut from catalogs, kept in a folder."""
