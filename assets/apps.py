from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "assets"
    verbose_name = "Files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Join what others offer: sharing, quota, keys for a folder, the beginning of every user, news, notices."""
        from accounts import quotas, sharing, signals
        from accounts.keys import sealed_too
        from accounts.services import keys
        from assets import models, news, notices
        from assets.services import links, owners, tree

        sharing.register(
            sharing.Kind(
                name="asset",
                model=models.Asset,
                user_grants=models.AssetUserGrant,
                group_grants=models.AssetGroupGrant,
                permissions=("viewer", "editor"),
            )
        )
        quotas.charges("files", owners.bytes_of, owners.held_for, owners.kinds_of)
        keys.folders(tree.check_folder)
        sealed_too(links.reseal)
        news.name_kinds()
        notices.name_notices()
        signals.registered.connect(owners.make_root, dispatch_uid="assets.make_root")
