"""Line items to catalog products."""
