# The production binary, on its own: no Temporal server, no sandbox. `docker build -t beckon .`
#
# The last stage is Alpine, not an image without a shell: the health check is its wget, and zones and certificates come
# from its packages.

FROM node:22-alpine AS dashboard
WORKDIR /src/dashboard
# Packages first: they change seldom, so this layer is kept.
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci
COPY dashboard ./
RUN npm run build

FROM golang:1.26.8-alpine AS build
WORKDIR /src
# Modules first: they change seldom, so this layer is kept.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=dashboard /src/dashboard/dist dashboard/dist
# Without the workspace, so that the root module stands on its own; without cgo, so that the binary runs on any Linux.
RUN GOWORK=off CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/beckon ./cmd/beckon

FROM alpine:3.24
# tzdata: campaigns and contacts have time zones. ca-certificates: providers are called over TLS.
RUN apk add --no-cache ca-certificates tzdata \
    && addgroup -S -g 10001 beckon \
    && adduser -S -u 10001 -G beckon -h /nonexistent -H beckon
COPY --from=build /out/beckon /usr/local/bin/beckon
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
ENV BECKON_LISTEN=0.0.0.0:8080
EXPOSE 8080
# Of the API. Where only a worker or a one-shot command runs, switch it off: they listen on nothing.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["beckon"]
CMD ["serve"]
