import Storage

/// The text that Prometheus reads (exposition format 0.0.4).
struct MetricsPage {
  var counts: ServerMetrics.Counts
  var connections: Int
  var sample: MetricsSampler.Sample
  var publications: [TreeView.Publication]
  var droppedLines: Int
  /// Seconds since 1970.
  var now: Int64
  var downloads: [DownloadBook.Key: Int] = [:]
  var droppedDownloads = 0
  var lostVisits = 0
  /// Seconds since 1970; `nil` without TLS.
  var certificateExpires: Int64?

  static let type = "text/plain; version=0.0.4; charset=utf-8"

  var text: String {
    var page = MetricsText()
    requests(&page)
    images(&page)
    firstByte(&page)
    page.gauge("maas_mirror_connections", "Connections that are open.", [([], "\(connections)")])
    page.counter("maas_mirror_connections_total", "Connections that were accepted.", [([], "\(counts.accepted)")])
    page.counter(
      "maas_mirror_connections_refused_total", "Connections over the limit of their address.",
      [([], "\(counts.refused)")])
    page.counter(
      "maas_mirror_log_dropped_lines_total", "Lines that the access log was too slow for, or could not be written to.",
      [([], "\(droppedLines)")])
    if let certificateExpires {
      page.gauge(
        "maas_mirror_certificate_not_after_timestamp_seconds", "When the certificate for TLS ends.",
        [([], "\(certificateExpires)")])
    }
    process(&page)
    sources(&page)
    trees(&page)
    return page.text
  }

  private func requests(_ page: inout MetricsText) {
    let answers = counts.answers.sorted { ($0.key.publication, $0.key.status) < ($1.key.publication, $1.key.status) }
    func values(_ value: (ServerMetrics.Answers) -> String) -> [(MetricsText.Labels, String)] {
      answers.map { ([("publication", $0.publication), ("status", $0.status)], value($1)) }
    }
    page.counter(
      "maas_mirror_requests_total", "Requests by publication and status; “none” left before an answer.",
      values { "\($0.count)" })
    page.counter(
      "maas_mirror_sent_bytes_total", "Bytes of bodies that the system took to send.",
      values { "\($0.bytes)" })
    page.gauge("maas_mirror_transfers", "Answers in progress, this one among them.", [([], "\(counts.inProgress)")])
    page.counter(
      "maas_mirror_aborted_total", "Answers that were not sent whole.", [([], "\(counts.aborted)")])
  }

  private func images(_ page: inout MetricsText) {
    let counts = downloads.map { key, count in
      ([("publication", key.publication), ("release", key.release), ("arch", key.architecture)], "\(count)")
    }
    page.counter(
      "maas_mirror_downloads_total", "Items that were sent whole in one answer, by release and architecture.",
      counts.sorted { $0.0.map(\.1).lexicographicallyPrecedes($1.0.map(\.1)) })
    page.counter(
      "maas_mirror_downloads_dropped_total", "Answers that were too many to be told apart and count as no download.",
      [([], "\(droppedDownloads)")])
    page.counter(
      "maas_mirror_client_history_lost_total", "Downloads that could not be written into the history of clients.",
      [([], "\(lostVisits)")])
  }

  private func firstByte(_ page: inout MetricsText) {
    let name = "maas_mirror_first_byte_seconds"
    page.begin(name, "histogram", "Time from a request to the first byte of its answer.")
    var sum = 0
    for (index, count) in counts.firstByte.counts.enumerated() {
      sum += count
      let bound = index < Histogram.bounds.count ? Self.decimal(Histogram.bounds[index]) : "+Inf"
      page.line("\(name)_bucket", [("le", bound)], "\(sum)")
    }
    page.line("\(name)_sum", [], Self.decimal(counts.firstByte.sum))
    page.line("\(name)_count", [], "\(sum)")
  }

  private func process(_ page: inout MetricsText) {
    let facts = sample.process
    if let bytes = facts.residentBytes {
      page.gauge("process_resident_memory_bytes", "Memory of the process.", [([], "\(bytes)")])
    }
    if let files = facts.openFiles { page.gauge("process_open_fds", "Open files and sockets.", [([], "\(files)")]) }
    if let limit = facts.fileLimit { page.gauge("process_max_fds", "The limit of them.", [([], "\(limit)")]) }
  }

  private func sources(_ page: inout MetricsText) {
    page.gauge(
      "maas_mirror_catalog_readable", "Whether the state of the sources could be read.",
      [([], sample.sources == nil ? "0" : "1")])
    let sources = sample.sources ?? []
    let good = sources.compactMap { source in source.lastGood.map { (source, $0) } }
    page.gauge(
      "maas_mirror_source_last_good_sync_timestamp_seconds", "When a sync of the source last succeeded.",
      good.map { ([("source", $0.name)], "\($1)") })
    page.gauge(
      "maas_mirror_source_last_good_sync_age_seconds", "How long ago that was.",
      good.map { ([("source", $0.name)], "\(max(0, now - $1))") })
    page.gauge(
      "maas_mirror_source_index_timestamp_seconds", "What the source's last accepted index says of its own time.",
      sources.compactMap { source in source.indexUpdated.map { ([("source", source.name)], "\($0)") } })
    page.gauge(
      "maas_mirror_source_index_too_old", "Whether that is longer ago than max_age: nothing new, or a freeze.",
      sources.filter { $0.indexUpdated != nil }.map { ([("source", $0.name)], $0.isIndexTooOld ? "1" : "0") })
    page.gauge(
      "maas_mirror_source_info", "The snapshot of the source's last good sync.",
      sources.map { ([("source", $0.name), ("snapshot", $0.snapshot ?? "")], "1") })
  }

  private func trees(_ page: inout MetricsText) {
    page.gauge(
      "maas_mirror_publication_number", "How many times the publication was switched.",
      publications.map { ([("publication", $0.path.description)], "\($0.number)") })
    page.gauge(
      "maas_mirror_publication_info", "The snapshots that the publication serves.",
      publications.flatMap { publication in
        publication.tree.sources.map { origin in
          (
            [
              ("publication", publication.path.description), ("source", origin.source),
              ("snapshot", origin.snapshot.description),
            ], "1"
          )
        }
      })
  }

  /// Nanoseconds in seconds, exactly.
  private static func decimal(_ nanoseconds: Int64) -> String {
    let rest = String(nanoseconds % 1_000_000_000)
    var text = "\(nanoseconds / 1_000_000_000).\(String(repeating: "0", count: 9 - rest.count))\(rest)"
    while text.last == "0" { text.removeLast() }
    return text.last == "." ? "\(text)0" : text
  }
}
