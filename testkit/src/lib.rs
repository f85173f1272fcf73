//! What tests share. Never a dependency of the product.
