"""Pure reading of mail: bytes -> Message -> Verdict -> Facts -> History. No I/O but the package's own knowledge."""
