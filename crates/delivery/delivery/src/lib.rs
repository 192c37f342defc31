//! The delivery service: follows events and carries them to destinations.
