//! The small world that demonstrations, tests and measurements live in. Nothing here is part of the product.

pub mod cast;
pub mod city;
pub mod crowd;
pub mod gateways;
pub mod load;
pub mod random;
pub mod world;
