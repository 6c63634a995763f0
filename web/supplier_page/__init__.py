"""The page that suppliers open from their mails."""
