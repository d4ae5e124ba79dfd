# One image for the Deployments hooks, admission and certificates, which set their commands.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY hooks/requirements.txt hooks/requirements-build.txt hooks/
RUN pip install --no-cache-dir --require-hashes --only-binary=:all: --target=/packages -r hooks/requirements.txt
RUN pip install --no-cache-dir --require-hashes --only-binary=:all: -r hooks/requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY lib lib
COPY hooks hooks
COPY cli cli
RUN pip install --no-cache-dir --no-deps --no-build-isolation --target=/packages .

# The same Python version (3.11) without a shell, a compiler or pip.
FROM gcr.io/distroless/python3-debian12:nonroot
COPY --from=build /packages /packages
ENV PYTHONPATH=/packages
ENV PYTHONUNBUFFERED=1
ENV PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
