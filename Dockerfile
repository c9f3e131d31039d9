# Odoo 17.0 with the logistics suite. `docker compose up` builds and starts it.
#   docker build --build-arg ODOO_GIT=https://mirror.example/odoo.git --target runtime -t logistics .

FROM python:3.11-slim-bookworm AS source
ARG ODOO_GIT=https://github.com/odoo/odoo.git
ARG ODOO_BRANCH=17.0
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
RUN git clone --depth 1 --branch "$ODOO_BRANCH" "$ODOO_GIT" /opt/odoo \
    && rm -rf /opt/odoo/.git

FROM python:3.11-slim-bookworm AS runtime
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    ODOO_HOME=/opt/odoo \
    ODOO_RC=/run/logistics/odoo.conf \
    DATA_DIR=/var/lib/odoo
# wkhtmltopdf and the fonts are for Odoo's PDF documents (invoices, delivery slips).
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-dejavu-core wkhtmltopdf \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 1000 --create-home --home-dir /home/odoo odoo \
    && mkdir -p /opt/logistics /run/logistics /var/lib/odoo \
    && chown odoo: /run/logistics /var/lib/odoo
WORKDIR /opt/logistics
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY --from=source /opt/odoo /opt/odoo
COPY odoo.conf ./
COPY tools ./tools
COPY logistics_orchestration ./logistics_orchestration
COPY logistics_approvals ./logistics_approvals
COPY logistics_exceptions ./logistics_exceptions
COPY logistics_carrier_connector ./logistics_carrier_connector
USER odoo
VOLUME /var/lib/odoo
EXPOSE 8069 8072
ENTRYPOINT ["python", "-m", "tools.container"]
CMD ["odoo"]

# The partner simulators and the story of one order, for `docker compose up`; nothing of it belongs in production.
FROM runtime AS demo
USER root
COPY requirements-dev.txt ./
RUN pip install "$(grep '^standardwebhooks==' requirements-dev.txt)"
COPY tests ./tests
USER odoo

# Without --target, the image is the one for production.
FROM runtime
