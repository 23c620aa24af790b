"""GNSS velocities, least-squares collocation of strain rate, and scored deformation criteria."""
