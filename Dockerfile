# Cordon in an image, from the same package list as the scripts. Build: docker build -t cordon .   Run: docker run cordon lab --once
FROM debian:trixie AS build
COPY packages.txt /src/packages.txt
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      $(awk '$1 == "build" {print $2}' /src/packages.txt)
COPY . /src
WORKDIR /src
RUN cmake --preset release && cmake --build --preset release

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends libssl3t64 libnghttp2-14 libyaml-0-2 && \
    rm -rf /var/lib/apt/lists/* && useradd --system --create-home --home-dir /var/lib/cordon cordon
COPY --from=build /src/build/release/bin/cordon /src/build/release/bin/cordon-proxy /usr/local/bin/
COPY --from=build /src/policies /usr/local/share/cordon/policies
COPY --from=build /src/lab/recordings /usr/local/share/cordon/lab
USER cordon
WORKDIR /var/lib/cordon
ENTRYPOINT ["cordon"]
CMD ["--help"]
