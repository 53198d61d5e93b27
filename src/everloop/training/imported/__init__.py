"""Models that were trained elsewhere: an ONNX, skops, LightGBM or MLflow model becomes a bundle, or is refused."""
