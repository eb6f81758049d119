"""The mathematics: grids, supports, sizes, alignment; pure, exact, one axis at a time."""
