"""The servers that one machine runs for itself: a real Apache Kafka and a real PostgreSQL, asked of nobody."""
