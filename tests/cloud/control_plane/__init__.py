"""The control plane: ministack, with the gaps closed that a restore would fall into."""
