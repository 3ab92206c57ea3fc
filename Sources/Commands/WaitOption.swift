import ArgumentParser
import Settings

/// For commands that write: another one may be at work.
struct WaitOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long to wait for another maas-mirror that writes, as in “10 min”. Default: not at all; then the exit code is 75.",
      valueName: "time"))
  var wait: WaitingTime?

  var seconds: Int64 { wait?.seconds ?? 0 }
}

struct WaitingTime: ExpressibleByArgument {
  let seconds: Int64

  init?(argument: String) {
    guard let seconds = Quantity.seconds(argument) else { return nil }
    self.seconds = seconds
  }
}
