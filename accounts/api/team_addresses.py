"""The addresses of teams and invitations, below /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.api import invitations, teams

_invitation_of_team: list[URLPattern | URLResolver] = [
    re_path(r"^/?$", teams.Invitation.as_view()),
    re_path(r"^/resend/?$", teams.InvitationAgain.as_view()),
    re_path(r"^/link/?$", teams.InvitationLink.as_view()),
]
_team: list[URLPattern | URLResolver] = [
    re_path(r"^/?$", teams.Team.as_view()),
    re_path(r"^/members/?$", teams.Members.as_view()),
    path("/members/<uuid:user_id>", include([re_path(r"^/?$", teams.Member.as_view())])),
    re_path(r"^/leave/?$", teams.Leave.as_view()),
    re_path(r"^/invitations/?$", teams.Invitations.as_view()),
    path("/invitations/<uuid:invitation_id>", include(_invitation_of_team)),
]
_my_invitation = [
    re_path(r"^/accept/?$", invitations.Accept.as_view()),
    re_path(r"^/decline/?$", invitations.Decline.as_view()),
]
urlpatterns = [
    re_path(r"^teams/?$", teams.Teams.as_view()),
    path("teams/<uuid:team_id>", include(_team)),
    re_path(r"^account/invitations/?$", invitations.Mine.as_view()),
    path("account/invitations/<uuid:invitation_id>", include(_my_invitation)),
    re_path(r"^invitations/accept/?$", invitations.AcceptWithSecret.as_view()),
]
