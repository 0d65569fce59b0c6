# syntax=docker/dockerfile:1
# The service, without root and with a health check. Three images:
#   docker build -t dml .                                        with the training program: POST /retrain learns in the container
#   docker build -t dml:search --build-arg IMAGE=search .        without it, smaller
#   docker build -t dml:cuda --build-arg IMAGE=cuda .            for NVIDIA GPUs (CUDA 13, cuDNN 9), without the training program
# deploy/compose.yaml runs it. Without keys the service answers only on the loopback address; see docs/operations.md.
ARG IMAGE=training

# Only the demo drawings come from npm.
FROM node:22-slim AS drawings
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS source
WORKDIR /source
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig package.json package-lock.json ./
COPY --from=drawings /source/node_modules node_modules
# Newer than the lock file: the build does not restore them again.
RUN touch node_modules/.package-lock.json
COPY appsettings.json LICENSE THIRD-PARTY-NOTICES.md ./
COPY models models
COPY src src

FROM source AS build
RUN dotnet publish src/Dml.Api -c Release --use-current-runtime --no-self-contained -o /app

FROM source AS build-training
RUN dotnet publish src/Dml.Training -c Release --use-current-runtime --no-self-contained -o /training

FROM source AS build-cuda
RUN dotnet publish src/Dml.Api -c Release --use-current-runtime --no-self-contained -p:OnnxRuntime=cuda -o /app

# Ubuntu 24.04, whose C++ library is new enough for libtorch.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS runtime

FROM runtime AS for-search
COPY --from=build --chown=app:app /app /app

FROM for-search AS for-training
COPY --from=build-training --chown=app:app /training /app/training

FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS for-cuda
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1654 --user-group --create-home app
COPY --from=runtime /usr/share/dotnet /usr/share/dotnet
ENV PATH=/usr/share/dotnet:$PATH DOTNET_ROOT=/usr/share/dotnet Embedder__Provider=cuda
COPY --from=build-cuda --chown=app:app /app /app

FROM for-${IMAGE} AS service
WORKDIR /app
RUN mkdir -p /app/data /app/backups && chown app:app /app/data /app/backups
USER app
VOLUME /app/data /app/models /app/backups
EXPOSE 5080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["dotnet", "Dml.Api.dll", "health"]
ENTRYPOINT ["dotnet", "Dml.Api.dll"]
