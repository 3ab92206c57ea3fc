/// What all connections of a server share.
struct ConnectionService: Sendable {
  /// Changes whenever `responder` would give another one.
  let generation: @Sendable () -> Int
  let responder: @Sendable () -> Responder
  let opener: BlobOpener
  let ledger: ExchangeLedger
  let limits: LimitBook
  let now: @Sendable () -> Int64
  let log: @Sendable (String) -> Void
}
