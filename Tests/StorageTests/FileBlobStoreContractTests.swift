import TestSupport
import Testing

@testable import Storage

@Suite struct FileBlobStoreContractTests {
  private let folder: TemporaryFolder
  private let contract: BlobStoreContract

  init() throws {
    folder = try TemporaryFolder()
    let data = DataFolder(root: folder.path)
    try data.create()
    contract = BlobStoreContract(store: FileBlobStore(data))
  }

  @Test func knowsNothingOfABlobThatIsNotThere() throws { try contract.knowsNothingOfABlobThatIsNotThere() }
  @Test func keepsBytesUnderTheirHash() throws { try contract.keepsBytesUnderTheirHash() }
  @Test func keepsTheEmptyBlob() throws { try contract.keepsTheEmptyBlob() }
  @Test func puttingABlobAgainChangesNothing() throws { try contract.puttingABlobAgainChangesNothing() }
  @Test func showsABlobOnlyWhenItIsWhole() throws { try contract.showsABlobOnlyWhenItIsWhole() }
  @Test func goesOnWhereAnEarlierWriterStopped() throws { try contract.goesOnWhereAnEarlierWriterStopped() }
  @Test func keepsEveryByteOfALongBlob() throws { try contract.keepsEveryByteOfALongBlob() }
  @Test func aWriterThatWasLeftDoesNotWriteLater() throws { try contract.aWriterThatWasLeftDoesNotWriteLater() }
  @Test func startsAgainWhenToldTo() throws { try contract.startsAgainWhenToldTo() }
  @Test func throwsAwayBytesOfAnotherHash() throws { try contract.throwsAwayBytesOfAnotherHash() }
  @Test func knowsWhenABlobArrived() throws { try contract.knowsWhenABlobArrived() }
  @Test func refusesMoreBytesThanAnnounced() throws { try contract.refusesMoreBytesThanAnnounced() }
  @Test func refusesToFinishWithFewerBytesThanAnnounced() throws {
    try contract.refusesToFinishWithFewerBytesThanAnnounced()
  }
  @Test func forgetsABlobThatWasRemoved() throws { try contract.forgetsABlobThatWasRemoved() }
  @Test func anOpenBlobOutlivesItsRemoval() throws { try contract.anOpenBlobOutlivesItsRemoval() }
  @Test func keepsWhatIsMadePieceByPiece() throws { try contract.keepsWhatIsMadePieceByPiece() }
  @Test func aDraftOfWhatIsThereChangesNothing() throws { try contract.aDraftOfWhatIsThereChangesNothing() }
  @Test func aDraftThatIsNotKeptLeavesNothing() throws { try contract.aDraftThatIsNotKeptLeavesNothing() }
  @Test func takesBlobsFromManyThreadsAtOnce() async throws { try await contract.takesBlobsFromManyThreadsAtOnce() }
}
