"""Measures the provider beside its floors, and beside what people use instead: `make bench`."""
