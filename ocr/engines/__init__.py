"""The engines that turn a picture into text boxes, behind one interface."""
