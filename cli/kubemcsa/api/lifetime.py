"""How long tokens are valid, in words."""


def text(seconds: int) -> str:
    """`seconds` as Go writes it: 720h0m0s."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{seconds}s" if hours else f"{minutes}m{seconds}s"
