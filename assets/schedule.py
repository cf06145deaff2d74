"""What the tree does by itself, and how often. Times are UTC."""

from datetime import timedelta

SCRUB = timedelta(minutes=1)

SCHEDULE = {
    "assets.sweep_uploads": {"task": "assets.sweep_uploads", "schedule": timedelta(minutes=1)},
    "assets.queue_moves": {"task": "assets.queue_moves", "schedule": timedelta(seconds=5)},
    "assets.queue_previews": {"task": "assets.queue_previews", "schedule": timedelta(seconds=30)},
    "assets.take_up_previews": {"task": "assets.take_up_previews", "schedule": timedelta(days=1)},
    "assets.queue_lost_digests": {"task": "assets.queue_lost_digests", "schedule": timedelta(hours=1)},
    "assets.delete_condemned": {"task": "assets.delete_condemned", "schedule": timedelta(minutes=10)},
    "assets.purge_expired": {"task": "assets.purge_expired", "schedule": timedelta(minutes=5)},
    "assets.drop_ended_offers": {"task": "assets.drop_ended_offers", "schedule": timedelta(hours=1)},
    "assets.scrub": {"task": "assets.scrub", "schedule": SCRUB},
    "assets.look_at_damage": {"task": "assets.look_at_damage", "schedule": timedelta(days=1)},
    "assets.free_surplus_versions": {"task": "assets.free_surplus_versions", "schedule": timedelta(hours=6)},
}
