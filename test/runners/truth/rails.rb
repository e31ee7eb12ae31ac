# Runs the migrations of a folder one by one, up and then down, and marks in the server's log where each begins.
require "active_record"
require "uri"

url, folder = ARGV
ActiveRecord::Base.establish_connection(url)
ActiveRecord::Migration.verbose = false
connection = ActiveRecord::Base.connection
ActiveRecord::SchemaMigration.create_table
ActiveRecord::InternalMetadata.create_table
migrations = ActiveRecord::MigrationContext.new(File.join(folder, "db/migrate"), ActiveRecord::SchemaMigration).migrations

mark = ->(migration, direction) { "lockcast db/migrate/#{File.basename(migration.filename)} #{direction}" }
run = lambda do |migration, direction|
  connection.execute("SELECT '#{mark.call(migration, direction)}'")
  ActiveRecord::Migrator.new(direction, migrations, ActiveRecord::SchemaMigration, migration.version).run
rescue StandardError => e
  warn "#{mark.call(migration, direction)}: #{(e.cause || e).message.lines.first}"
end

migrations.each { |migration| run.call(migration, :up) }
File.open(ENV["SCHEMA"], "w") { |file| ActiveRecord::SchemaDumper.dump(connection, file) } if ENV["SCHEMA"]
migrations.reverse_each { |migration| run.call(migration, :down) }
connection.execute("SELECT 'lockcast end'")
puts "Rails #{ActiveRecord.version}"
