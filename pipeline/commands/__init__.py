"""The commands of `tillpoints`, a file each."""
