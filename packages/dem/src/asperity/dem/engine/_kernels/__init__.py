"""Numerical kernels of the discrete-element engine: plain arrays in SI units in, numbers out.

The contact loops work in blocks of `layout.LANES` contacts. A block is loaded into rows
of a small local buffer, the contact law is evaluated along the rows (which compilers turn
into vector instructions), and forces are put where the sums over particles find them.
"""
