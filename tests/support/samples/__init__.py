"""Objects, requests and tokens as tests start from them."""
