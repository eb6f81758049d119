"""What if: an analysis with some ops changed, or at other sizes."""
