"""ServiceAccountImports: from what is observed in both clusters to the desired Secret."""
