"""Record-breaking magnitude forecasts for induced sequences."""
