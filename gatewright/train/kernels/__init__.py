"""Gate layers as autograd functions: a reference that is obviously right, and the exact form that is fast."""
