# Made by `contracts generate`. Changes are made in the schemas, or in the generator.
"""Types of the record values of Kafka topics, one module a contract."""
