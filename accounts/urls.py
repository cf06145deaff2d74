"""Below /api/v1/, with and without the slash at the end."""

from django.urls import include, path, re_path

from accounts.api import account, auth, dialects, keys, recovery, two_factor

ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

urlpatterns = [
    path("", include("accounts.api.team_addresses")),
    path("", include("accounts.api.oauth_addresses")),
    re_path(r"^auth/register/?$", auth.Register.as_view()),
    re_path(r"^auth/login/?$", auth.Login.as_view()),
    re_path(r"^auth/login/code/?$", two_factor.LoginCode.as_view()),
    re_path(r"^auth/token/refresh/?$", auth.Refresh.as_view()),
    re_path(r"^auth/logout/?$", auth.Logout.as_view()),
    re_path(r"^auth/profile/?$", auth.Profile.as_view()),
    re_path(r"^auth/profile/picture/?$", auth.Picture.as_view()),
    re_path(r"^auth/change-password/?$", auth.ChangePassword.as_view()),
    re_path(r"^auth/request-password-reset/?$", recovery.RequestPasswordReset.as_view()),
    re_path(r"^auth/reset-password/?$", recovery.ResetPassword.as_view()),
    re_path(r"^auth/verify-email/?$", recovery.VerifyEmail.as_view()),
    re_path(r"^account/email/?$", recovery.Email.as_view()),
    re_path(r"^account/email/verify/?$", recovery.SendVerification.as_view()),
    re_path(r"^account/usage/?$", account.Usage.as_view()),
    re_path(r"^account/sessions/?$", account.Sessions.as_view()),
    re_path(r"^account/two-factor/?$", two_factor.TwoFactor.as_view()),
    re_path(r"^account/two-factor/confirm/?$", two_factor.Confirm.as_view()),
    re_path(r"^account/two-factor/recovery-codes/?$", two_factor.RecoveryCodes.as_view()),
    re_path(r"^account/two-factor/turn-off/?$", two_factor.TurnOff.as_view()),
    re_path(rf"^account/sessions/(?P<session_id>{ID})/?$", account.Session.as_view()),
    re_path(r"^account/keys/?$", keys.Keys.as_view()),
    re_path(rf"^account/keys/(?P<key_id>{ID})/?$", keys.Key.as_view()),
    *dialects.BELOW_NATIVE,
]
