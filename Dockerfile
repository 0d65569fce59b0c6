# syntax=docker/dockerfile:1
# The service:  docker build -t dml .  &&  docker run --network host -v dml-data:/app/data dml
# Without keys it listens on the loopback address only, hence the host's network.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig package.json package-lock.json ./
COPY src/Natives src/Natives
COPY src/Dml.Index src/Dml.Index
COPY src/Dml.Embedding src/Dml.Embedding
COPY src/Dml.Api src/Dml.Api
COPY appsettings.json LICENSE THIRD-PARTY-NOTICES.md ./
COPY models models
RUN dotnet publish src/Dml.Api -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build --chown=app:app /app ./
RUN mkdir -p /app/data && chown app:app /app/data
USER app
VOLUME /app/data
EXPOSE 5080
ENTRYPOINT ["dotnet", "Dml.Api.dll"]
