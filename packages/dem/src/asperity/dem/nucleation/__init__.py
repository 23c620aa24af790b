"""The unsupervised study of nucleation: emissions, episodes, clouds, trees, forces of grains."""
