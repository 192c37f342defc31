//! Starts real PrimeData processes for tests and talks to them.
