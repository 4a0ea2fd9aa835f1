"""What a picture's file and pixels say of how it was made: examined once, as findings without verdict."""
