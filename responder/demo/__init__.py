"""The built-in mail server, its made-up mailbox and the story that `responder demo` tells."""
