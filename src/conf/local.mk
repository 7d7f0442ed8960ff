# conf: settings, connection strings, ini files, keys. Knows base.
