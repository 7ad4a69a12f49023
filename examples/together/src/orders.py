"""Takes orders, in the form that stock.py of the same release understands."""

FORMAT = 1


def handler(event, context):
    """Write an order, or tell whether this version is ready."""
    if event.get("check"):
        return {"ready": True, "format": FORMAT}
    return {"format": FORMAT, "items": event["items"]}
