# syntax=docker/dockerfile:1
# The service, without root and with a health check. Three images:
#   docker build -t dml .                                        with the training program: POST /retrain learns in the container
#   docker build -t dml:search --build-arg IMAGE=search .        without it, smaller
#   docker build -t dml:cuda --build-arg IMAGE=cuda .            for NVIDIA GPUs (CUDA 13, cuDNN 9), without the training program
# deploy/compose.yaml runs it. Without keys the service answers the loopback address only; docs/operations.md.
ARG IMAGE=training

FROM node:22-slim AS natives
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig package.json package-lock.json ./
COPY --from=natives /source/node_modules node_modules
COPY src/Natives src/Natives
COPY src/Dml.Index src/Dml.Index
COPY src/Dml.Embedding src/Dml.Embedding
COPY src/Dml.Api src/Dml.Api
COPY appsettings.json LICENSE THIRD-PARTY-NOTICES.md ./
COPY models models
# Newer than the lock file: the build need not restore them again.
RUN touch node_modules/.package-lock.json && dotnet publish src/Dml.Api -c Release -o /app

FROM build AS build-training
COPY src/Dml.Torch src/Dml.Torch
COPY src/Dml.Training src/Dml.Training
RUN dotnet publish src/Dml.Training -c Release -o /training

# The shim is built for the libtorch that it will find: the same distribution's. That of .NET's own images, Ubuntu 24.04, has none.
FROM debian:bookworm-slim AS shim
RUN apt-get update && apt-get install -y --no-install-recommends g++ libtorch-dev
COPY src/Dml.Torch/native /native
RUN sh /native/build.sh /shim

# ONNX Runtime's own library with the CUDA provider beside it, in place of the one for the CPU.
FROM node:22-slim AS natives-cuda
WORKDIR /cuda
RUN npm install --ignore-scripts --no-audit --no-fund onnxruntime-node@1.29.0 com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9
RUN mkdir native && cp node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1 native/libonnxruntime.so \
 && cp node_modules/com.github.asus4.onnxruntime.linux-x64-gpu/Plugins/Linux/x64/libonnxruntime_providers_cuda.so native/ \
 && cp node_modules/com.github.asus4.onnxruntime.linux-x64-gpu/Plugins/Linux/x64/libonnxruntime_providers_shared.so native/

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS for-search
COPY --from=build --chown=app:app /app /app

FROM debian:bookworm-slim AS for-training
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata libssl3 libtorch1.13 libopenblas0-openmp \
 && rm -rf /var/lib/apt/lists/* && useradd --uid 1654 --user-group --create-home app
COPY --from=for-search /usr/share/dotnet /usr/share/dotnet
ENV PATH=/usr/share/dotnet:$PATH DOTNET_ROOT=/usr/share/dotnet
COPY --from=build --chown=app:app /app /app
COPY --from=build-training --chown=app:app /training /app/training
COPY --from=shim --chown=app:app /shim /app/training

FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS for-cuda
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1654 --user-group --create-home app
COPY --from=for-search /usr/share/dotnet /usr/share/dotnet
ENV PATH=/usr/share/dotnet:$PATH DOTNET_ROOT=/usr/share/dotnet Embedder__Provider=cuda
COPY --from=build --chown=app:app /app /app
COPY --from=natives-cuda --chown=app:app /cuda/native /app/runtimes/linux-x64/native

FROM for-${IMAGE} AS service
WORKDIR /app
RUN mkdir -p /app/data && chown app:app /app/data
USER app
VOLUME /app/data /app/models
EXPOSE 5080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["dotnet", "Dml.Api.dll", "health"]
ENTRYPOINT ["dotnet", "Dml.Api.dll"]
