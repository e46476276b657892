"""``python -m gatewright``, and what torchrun starts."""

from gatewright.cli import main

if __name__ == "__main__":
    main()
