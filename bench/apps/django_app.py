"""Serve the flat table with Django REST framework: a read-only view set, its filters and its cursor paging."""

import os

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"], "CONN_MAX_AGE": None}
    },
    INSTALLED_APPS=["django_filters", "rest_framework"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django_filters.rest_framework import DjangoFilterBackend  # noqa: E402
from rest_framework import filters, pagination, routers, serializers, viewsets  # noqa: E402

from bench.columns import NUMBERS, TEXTS  # noqa: E402

COLUMNS = {name: models.TextField(null=True, primary_key=name == "id") for name in TEXTS} | {
    name: (models.IntegerField if name in ("position", "source_paragraph") else models.FloatField)(null=True)
    for name in NUMBERS
}
COLUMNS["id"] = models.TextField(primary_key=True)
Meta = type("Meta", (), {"app_label": "bench", "db_table": "indicator", "managed": False})
Indicator = type("Indicator", (models.Model,), {"__module__": __name__, "Meta": Meta, **COLUMNS})


class IndicatorSerializer(serializers.ModelSerializer):
    """List every column."""

    class Meta:
        """Name the model."""

        model = Indicator
        fields = "__all__"


class Paging(pagination.CursorPagination):
    """Page by cursor, in the order asked for."""

    page_size = 50
    page_size_query_param = "limit"
    ordering = "id"


class IndicatorViewSet(viewsets.ReadOnlyModelViewSet):
    """Serve the table."""

    queryset = Indicator.objects.all()
    serializer_class = IndicatorSerializer
    pagination_class = Paging
    filter_backends = (DjangoFilterBackend, filters.SearchFilter, filters.OrderingFilter)
    filterset_fields = ("plan_id", "kind", "unit", "due_on", "lead_department")
    search_fields = ("name",)
    ordering_fields = ("id", "due_on", "value")
    lookup_value_regex = "[^/]+"


router = routers.SimpleRouter(trailing_slash=False)
router.register("indicators", IndicatorViewSet)
urlpatterns = router.urls
application = get_wsgi_application()
