"""The program that this project began with: a page whose sequence number lies in Django's signed-cookie session.

gunicorn django_peer:application. The settings are those of a new Django project (`django-admin startproject`), but for the
session's engine and the database, which it does not ask.
"""
import secrets

from django.conf import settings

PAGES = {
    "page.html": '<p>{{ seq }} <label for="button">Please do not press this button</label></p>\n'
    '<form method="post">{% csrf_token %}<button id="button">Next</button></form>'
    "<script>document.getElementById('button').click()</script>\n"
}
settings.configure(
    DEBUG=False,
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.debug",
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
                "loaders": [("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", PAGES)])],
            },
        }
    ],
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402


def page(request):
    seq = request.session.get("seq", 0) + 1
    request.session["seq"] = seq
    return render(request, "page.html", {"seq": seq})


urlpatterns = [path("", page)]
application = get_wsgi_application()
