# CloudBox as a container: see docs/how-to/docker.md.
#
#   docker build -t cloudbox .                                  with PostgreSQL and Redis of your own
#   docker build -t cloudbox --build-arg LEVEL=embedded .       with both inside, for one machine
#
# With --build-arg FFMPEG=true, small pictures are made of videos, too (docs/pictures.md).
#
# The base image is named by its tag, so that each build has Debian's newest mends; the provenance of a
# released image names its digest.
ARG PYTHON=3.13-slim-trixie

FROM docker.io/library/python:${PYTHON} AS build
ARG LEVEL=base
ENV CLOUDBOX_VENV=/opt/cloudbox
# Packages of Debian's stable release; the newest has the mends.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-17 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/cloudbox
COPY requirements/ requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt
COPY manage.py ./
COPY cloudbox/__init__.py cloudbox/dotenv.py cloudbox/process.py cloudbox/
COPY cloudbox/embedded/ cloudbox/embedded/
RUN UV_NO_CACHE=1 python3 manage.py setup "$LEVEL"
COPY . .
RUN chmod -R a+rX . && python3 -m compileall -q .

FROM docker.io/library/python:${PYTHON}
ARG FFMPEG=false
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpq5 \
 && if [ "$FFMPEG" = true ]; then apt-get install --yes --no-install-recommends ffmpeg; fi \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /var/lib/cloudbox --shell /usr/sbin/nologin cloudbox \
 && install --directory --owner=cloudbox --group=cloudbox --mode=0700 /var/lib/cloudbox /var/lib/cloudbox/blobs
# Before an upgrade the database is dumped.
COPY --from=build /usr/lib/postgresql/17/bin/pg_dump /usr/lib/postgresql/17/bin/pg_restore /usr/local/bin/
COPY --from=build /opt/cloudbox/ /opt/cloudbox/
COPY --from=build /srv/cloudbox/ /srv/cloudbox/
ENV CLOUDBOX_DATA=/var/lib/cloudbox \
    CLOUDBOX_VENV=/opt/cloudbox \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /srv/cloudbox
USER 10001:10001
VOLUME /var/lib/cloudbox
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["/opt/cloudbox/bin/python", "-c", "import http.client as http, os; web = http.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8000), timeout=4); web.request('GET', '/healthz'); raise SystemExit(web.getresponse().status != 200)"]
ENTRYPOINT ["/opt/cloudbox/bin/python", "/srv/cloudbox/manage.py"]
CMD ["up", "--host", "0.0.0.0"]
