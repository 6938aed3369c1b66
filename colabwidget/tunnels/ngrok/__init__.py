"""ngrok: https://ngrok.com."""
